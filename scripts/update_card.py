#!/usr/bin/env python3
"""Write the figures of the corpus into data/README.md, between its two headings."""
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def main():
    card = subprocess.run([sys.executable, os.path.join(ROOT, "scripts", "check_corpus.py"), "--card"],
                          check=True, stdout=subprocess.PIPE, text=True).stdout
    path = os.path.join(ROOT, "data", "README.md")
    with open(path, encoding="utf-8") as file:
        text = file.read()
    start = text.index("(CI runs it).\n") + len("(CI runs it).\n")
    end = text.index("Real pages have far fewer")
    with open(path, "w", encoding="utf-8") as file:
        file.write(text[:start] + "\n" + card.strip() + "\n\n" + text[end:])


if __name__ == "__main__":
    main()
