#!/usr/bin/env python3
"""Opens a model with the stock `safetensors` package and prints what is in it.

    pip install safetensors numpy
    python3 scripts/read_with_safetensors.py MODEL
"""

import sys

import numpy
from safetensors import safe_open


def main(path):
    with safe_open(path, framework="numpy") as model:
        for key, text in model.metadata().items():
            print(f"{key} = {text!r}")
        tensors = {name: model.get_tensor(name) for name in sorted(model.keys())}
    for name, tensor in tensors.items():
        print(f"{name}: {tensor.dtype} {list(tensor.shape)} {tensor.ravel()[:4].tolist()}")
    offsets, text = tensors["vocab.offsets"], tensors["vocab.bytes"].tobytes()
    borders = zip(offsets[:4].tolist(), offsets[1:5].tolist())
    print("words:", [text[start:end].decode() for start, end in borders])
    finite = all(numpy.isfinite(t).all() for t in tensors.values() if t.dtype.kind == "f")
    print("all finite:", finite)


if __name__ == "__main__":
    main(sys.argv[1])
