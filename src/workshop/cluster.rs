//! Texts that mean the same, put together: average linkage (Sokal, Michener: *A statistical method for evaluating
//! systematic relationships*, 1958) by chains of nearest neighbours (Benzécri 1982).
//!
//! The average likeness of two groups of unit vectors is the dot product of their means, so no table of all pairs is
//! needed. A group that is like no other group cannot become so by merging the others, so it is done with at once: that
//! is what makes ten thousand texts a matter of a second. Same points, same groups: nothing is drawn by lot, and of equal
//! neighbours the first counts.

/// Groups of points. A seed is one point made of several: `count` of them, with their mean.
pub(super) struct Point {
    /// Mean of unit vectors; all of one length.
    pub(super) mean: Vec<f32>,
    /// How many texts it stands for.
    pub(super) count: f32,
}

/// Puts points together as long as the average likeness of two groups is at least `at`. Every point is in one group;
/// groups in the order of their first points, members in order.
pub(super) fn groups(points: Vec<Point>, at: f32) -> Vec<Vec<usize>> {
    let dim = points.first().map_or(0, |p| p.mean.len());
    let mut all = Groups {
        dim,
        means: points.iter().flat_map(|p| p.mean.iter().copied()).collect(),
        counts: points.iter().map(|p| p.count).collect(),
        ids: (0..points.len()).collect(),
        places: (0..points.len()).collect(),
    };
    let mut members: Vec<Vec<usize>> = (0..points.len()).map(|n| vec![n]).collect();
    let mut done = Vec::new();
    let mut chain: Vec<usize> = Vec::new();
    for start in 0..points.len() {
        // Merged or done with before.
        while all.places[start] != GONE {
            let here = chain.last().copied().unwrap_or_else(|| {
                chain.push(start);
                start
            });
            let before = chain.len().checked_sub(2).map(|n| chain[n]);
            let near = all.nearest(here, before).filter(|(_, like)| *like >= at);
            match near {
                None => {
                    chain.pop();
                    all.remove(here);
                    done.push(std::mem::take(&mut members[here]));
                }
                Some((near, _)) if Some(near) == before => {
                    chain.truncate(chain.len() - 2);
                    let (keep, give) = (here.min(near), here.max(near));
                    all.merge(keep, give);
                    let given = std::mem::take(&mut members[give]);
                    members[keep].extend(given);
                }
                Some((near, _)) => chain.push(near),
            }
        }
    }
    done.iter_mut().for_each(|group| group.sort_unstable());
    done.sort_unstable();
    done
}

/// Place of a group that is gone.
const GONE: usize = usize::MAX;

/// Groups that may still merge, close together in memory.
struct Groups {
    dim: usize,
    means: Vec<f32>,
    counts: Vec<f32>,
    /// Name of the group at each place.
    ids: Vec<usize>,
    /// Place of each name.
    places: Vec<usize>,
}

impl Groups {
    fn mean(&self, place: usize) -> &[f32] {
        &self.means[place * self.dim..(place + 1) * self.dim]
    }

    /// The group most like this one; the one before it in the chain wins a tie, else the first by name.
    fn nearest(&self, of: usize, before: Option<usize>) -> Option<(usize, f32)> {
        let own = self.mean(self.places[of]);
        let mut best = before.map(|id| (id, dot(own, self.mean(self.places[id]))));
        let mut found_before = before.is_some();
        for (id, mean) in self.ids.iter().zip(self.means.chunks_exact(self.dim.max(1))) {
            if *id == of || Some(*id) == before {
                continue;
            }
            let like = dot(own, mean);
            let better = best.is_none_or(|(known, most)| like > most || like == most && !found_before && *id < known);
            if better {
                best = Some((*id, like));
                found_before = false;
            }
        }
        best
    }

    fn merge(&mut self, keep: usize, give: usize) {
        let (a, b) = (self.places[keep], self.places[give]);
        let (na, nb) = (self.counts[a], self.counts[b]);
        for i in 0..self.dim {
            let (x, y) = (self.means[a * self.dim + i], self.means[b * self.dim + i]);
            self.means[a * self.dim + i] = (na * x + nb * y) / (na + nb);
        }
        self.counts[a] = na + nb;
        self.remove(give);
    }

    /// Takes a group out; the last one comes into its place.
    fn remove(&mut self, id: usize) {
        let place = std::mem::replace(&mut self.places[id], GONE);
        let last = self.ids.len() - 1;
        if place != last {
            self.means.copy_within(last * self.dim..(last + 1) * self.dim, place * self.dim);
            self.counts[place] = self.counts[last];
            self.ids[place] = self.ids[last];
            self.places[self.ids[place]] = place;
        }
        self.means.truncate(last * self.dim);
        self.counts.truncate(last);
        self.ids.truncate(last);
    }
}

/// In lanes, so that the compiler can do several at once.
pub(super) fn dot(a: &[f32], b: &[f32]) -> f32 {
    const LANES: usize = 16;
    let mut sums = [0.0_f32; LANES];
    let ((a, rest_a), (b, rest_b)) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
    for (x, y) in a.iter().zip(b) {
        for lane in 0..LANES {
            sums[lane] += x[lane] * y[lane];
        }
    }
    sums.iter().sum::<f32>() + rest_a.iter().zip(rest_b).map(|(x, y)| x * y).sum::<f32>()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn points(vectors: &[Vec<f32>]) -> Vec<Point> {
        vectors.iter().map(|v| Point { mean: v.clone(), count: 1.0 }).collect()
    }

    fn like(a: &[usize], b: &[usize], vectors: &[Vec<f32>]) -> f32 {
        let all: f32 = a.iter().flat_map(|x| b.iter().map(move |y| dot(&vectors[*x], &vectors[*y]))).sum();
        all / (a.len() * b.len()) as f32
    }

    /// The textbook's way: again and again the two groups that are most alike.
    fn slowly(vectors: &[Vec<f32>], at: f32) -> Vec<Vec<usize>> {
        let mut groups: Vec<Vec<usize>> = (0..vectors.len()).map(|n| vec![n]).collect();
        loop {
            let mut best: Option<(f32, usize, usize)> = None;
            for i in 0..groups.len() {
                for j in i + 1..groups.len() {
                    let like = like(&groups[i], &groups[j], vectors);
                    if like >= at && best.is_none_or(|(b, ..)| like > b) {
                        best = Some((like, i, j));
                    }
                }
            }
            let Some((_, i, j)) = best else { break };
            let given = groups.remove(j);
            groups[i].extend(given);
        }
        groups.iter_mut().for_each(|g| g.sort_unstable());
        groups.sort_unstable();
        groups
    }

    #[test]
    fn a_seed_counts_as_what_it_stands_for() {
        let seed = |count| {
            vec![
                Point { mean: vec![1.0, 0.0], count },
                Point { mean: vec![0.8, 0.6], count: 1.0 },
                Point { mean: vec![0.5, 0.866], count: 1.0 },
            ]
        };
        assert_eq!(groups(seed(1.0), 0.7), [vec![0], vec![1, 2]], "the two are nearer to each other");
        assert_eq!(groups(seed(1.0), 0.6), [vec![0, 1, 2]]);
        assert_eq!(groups(Vec::new(), 0.5), Vec::<Vec<usize>>::new());
    }

    proptest! {
        #[test]
        fn chains_find_what_the_textbook_finds(
            raw in proptest::collection::vec(proptest::collection::vec(-1.0_f32..1.0, 4), 0..24), at in 0.1_f32..0.9,
        ) {
            let unit = |v: Vec<f32>| { let l = v.iter().map(|x| x * x).sum::<f32>().sqrt().max(1e-3); v.iter().map(|x| x / l).collect::<Vec<_>>() };
            let vectors: Vec<Vec<f32>> = raw.into_iter().map(unit).collect();
            prop_assert_eq!(groups(points(&vectors), at), slowly(&vectors, at));
        }
    }
}
