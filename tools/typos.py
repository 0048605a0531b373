#!/usr/bin/env python3
"""What typing errors cost: accuracy of `deskbell ask --jsonl` on texts as they are and with random errors. Standard
library only.

    tools/typos.py DATA [--bin target/release/deskbell] [--only NAME,NAME] [--rate 0.1] [--most 2] [--seed 1] [--show N]

DATA is a directory with one folder a set; a set is `train.jsonl` or `train_10shot.jsonl` (then called NAME@10), and
`test.jsonl` or `val.jsonl`, each line `{"text": "...", "intent": "..."}`. A text of the intent `__oos__` belongs
nowhere and is not counted. The training rows become a content folder, one intent each; the other rows are asked twice.

The errors: each character of a word is hit with probability RATE, at most MOST times a word; a hit leaves the letter
out, puts a random letter before it, puts a random letter in its place, or swaps it with the next one, a quarter each.
Random letters are those of the set's own texts, so Turkish gets Turkish ones. Digits and signs stay. Same seed, same
errors.

Printed a set: texts, accuracy clean and with errors, what that costs in points, share of texts answered with
confidence and how many of these are right (both), and the median engine time a text (both). `--show N` prints the
first N texts that were right clean and are wrong with errors.
"""
import argparse
import json
import os
import random
import re
import statistics
import subprocess
import sys
import tempfile

OOS = '__oos__'


def rows(*parts):
    path = os.path.join(*parts)
    if not os.path.exists(path):
        return []
    with open(path, encoding='utf-8') as lines:
        return [json.loads(line) for line in lines if line.strip()]


def content(train, where):
    """A content folder of training rows; returns {id: intent}."""
    texts, names = {}, {}
    for row in train:
        if row['intent'] != OOS:
            texts.setdefault(row['intent'], []).append(row['text'])
    os.makedirs(f'{where}/intents')
    for intent, examples in texts.items():
        name = base = re.sub(r'[^a-z0-9]+', '-', intent.lower()).strip('-') or 'x'
        n = 1
        while name in names:
            n += 1
            name = f'{base}-{n}'
        names[name] = intent
        with open(f'{where}/intents/{name}.yaml', 'w', encoding='utf-8') as out:
            out.write(f'intents:\n  - id: {name}\n    title: {json.dumps(intent)}\n    examples:\n')
            for text in dict.fromkeys(examples):
                out.write(f'      - {json.dumps(text, ensure_ascii=False)}\n')
            out.write(f'    answer: {json.dumps("About " + intent)}\n')
    return names


def spoil(text, letters, rate, most, chance):
    """The text with random errors in it."""
    def word(match):
        out, rest, hits = '', match[0], 0
        while rest:
            if hits < most and chance.random() < rate:
                hits += 1
                kind = chance.randrange(4)
                if kind == 0:
                    rest = rest[1:]
                    continue
                if kind == 1:
                    out += chance.choice(letters)
                elif kind == 2:
                    out, rest = out + chance.choice(letters), rest[1:]
                    continue
                elif len(rest) > 1:
                    out, rest = out + rest[1] + rest[0], rest[2:]
                    continue
            out, rest = out + rest[0], rest[1:]
        return out
    return re.sub(r'[^\W\d_]+', word, text)


def ask(binary, where, texts):
    feed = ''.join(json.dumps({'text': text}, ensure_ascii=False) + '\n' for text in texts)
    done = subprocess.run([binary, 'ask', '--content', where, '--jsonl'], input=feed.encode(), stdout=subprocess.PIPE)
    got = [json.loads(line) for line in done.stdout.decode().splitlines()]
    if done.returncode or len(got) != len(texts):
        sys.exit(f'typos.py: {binary} answered {len(got)} of {len(texts)} texts and ended with {done.returncode}')
    return got


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument('data')
    options.add_argument('--bin', default='target/release/deskbell')
    options.add_argument('--only')
    options.add_argument('--rate', type=float, default=0.1)
    options.add_argument('--most', type=int, default=2)
    options.add_argument('--seed', type=int, default=1)
    options.add_argument('--show', type=int, default=0)
    o = options.parse_args()
    if not os.path.isdir(o.data):
        sys.exit(f'typos.py: THERE IS NO DATA: {o.data} is not a directory. Nothing was measured.')
    binary = os.path.abspath(o.bin)
    if not os.access(binary, os.X_OK):
        sys.exit(f'typos.py: no program at {binary}; cargo build --release makes it')
    only = set(o.only.split(',')) if o.only else None
    jobs = []
    for name in sorted(os.listdir(o.data)):
        asked = rows(o.data, name, 'test.jsonl') or rows(o.data, name, 'val.jsonl')
        for file, suffix in (('train.jsonl', ''), ('train_10shot.jsonl', '@10')):
            train = rows(o.data, name, file)
            if asked and train and (only is None or name + suffix in only):
                jobs.append((name + suffix, train, asked))
    missing = (only or set()) - {job[0] for job in jobs}
    if missing or not jobs:
        sys.exit(f'typos.py: THERE IS NO DATA for {", ".join(sorted(missing)) or "any set"} in {o.data}')
    print(f'{"set":20}{"texts":>7}{"clean":>8}{"typos":>8}{"loss":>7}{"answered/right":>16}{"with typos":>14}{"micros":>11}')
    for name, train, asked in jobs:
        asked = [row for row in asked if row['intent'] != OOS]
        letters = sorted({c for row in asked for c in row['text'].lower() if c.isalpha()})
        chance = random.Random(o.seed)
        spoilt = [spoil(row['text'], letters, o.rate, o.most, chance) for row in asked]
        with tempfile.TemporaryDirectory() as where:
            names = content(train, where)
            right, said, micros, got = [], [], [], []
            for texts in ([row['text'] for row in asked], spoilt):
                answers = ask(binary, where, texts)
                ok = [names.get(a['id']) == row['intent'] for a, row in zip(answers, asked)]
                sure = [k for a, k in zip(answers, ok) if a['verdict'] == 'confident']
                right.append(ok)
                said.append(f'{100 * len(sure) / len(ok):.1f}/{100 * sum(sure) / max(1, len(sure)):.1f}')
                micros.append(statistics.median(a['micros'] for a in answers))
                got.append(answers)
        clean, typos = (100 * sum(ok) / len(ok) for ok in right)
        print(f'{name:20}{len(asked):7}{clean:8.1f}{typos:8.1f}{clean - typos:7.1f}{said[0]:>16}{said[1]:>14}'
              f'{micros[0]:6.0f}{micros[1]:5.0f}', flush=True)
        lost = [i for i in range(len(asked)) if right[0][i] and not right[1][i]]
        for i in lost[:o.show]:
            print(f'    {asked[i]["text"]!r}\n    {spoilt[i]!r}\n      {names.get(got[1][i]["id"])} instead of {asked[i]["intent"]}')


if __name__ == '__main__':
    main()
