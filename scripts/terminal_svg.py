#!/usr/bin/env python3
"""Draw what a command prints in colour as an SVG picture of a terminal.

    COLUMNS=92 purport score --color always data/articles/harbour.txt | head -30 | scripts/terminal_svg.py > docs/terminal.svg
"""
import html
import re
import sys

COLORS = {"31": "#ff7b72", "32": "#7ee787", "33": "#e3b341", "35": "#d2a8ff", "36": "#76e3ea"}
WIDTH, LINE, LEFT, TOP = 8.4, 20, 18, 46


def spans(line):
    style = {}
    for code, text in re.findall(r"\x1b\[([0-9;]*)m|([^\x1b]+)", line):
        if text:
            yield style.copy(), text
        else:
            for number in code.split(";"):
                if number in ("", "0"):
                    style = {}
                elif number == "1":
                    style["font-weight"] = "bold"
                elif number == "2":
                    style["opacity"] = ".6"
                elif number in COLORS:
                    style["fill"] = COLORS[number]


def main():
    lines = [line.rstrip("\n") for line in sys.stdin]
    columns = max(len(re.sub(r"\x1b\[[0-9;]*m", "", line)) for line in lines)
    width, height = int(columns * WIDTH + 2 * LEFT), len(lines) * LINE + TOP + 14
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
           'font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,monospace" font-size="14">',
           f'<rect width="{width}" height="{height}" rx="8" fill="#0d1117"/>']
    out += [f'<circle cx="{20 + 20 * i}" cy="18" r="6" fill="{c}"/>' for i, c in enumerate(["#ff5f56", "#ffbd2e", "#27c93f"])]
    for row, line in enumerate(lines):
        x = 0
        for style, text in spans(line):
            attributes = " ".join(f'{k}="{v}"' for k, v in style.items())
            if text.strip():
                out.append(f'<text x="{LEFT + x * WIDTH:.1f}" y="{TOP + row * LINE}" xml:space="preserve" '
                           f'textLength="{len(text) * WIDTH:.1f}" fill="#e6edf3" {attributes}>{html.escape(text)}</text>'
                           .replace('fill="#e6edf3" fill=', "fill=").replace('fill="#e6edf3" font-weight="bold" fill=', 'font-weight="bold" fill='))
            x += len(text)
    out.append("</svg>")
    print("\n".join(out))


if __name__ == "__main__":
    main()
