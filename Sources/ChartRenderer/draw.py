"""Draws Vega-Lite specifications as SVG, with the vl-convert wheel and without a network.

Standard input: a JSON list of specifications. Standard output: a JSON list as long, of objects with
either "svg" or "error".
"""

import json
import re
import sys

# Attributes whose numbers are places and lengths. Texts have numbers too, and keep them.
PLACES = re.compile(r'\b(d|transform|x|y|x1|x2|y1|y2|width|height)="[^"]*"')
NUMBER = re.compile(r"-?\d+\.\d+(e-?\d+)?")


def rounded(match):
    """A tenth of a pixel is enough, and a third of the bytes."""
    return f"{float(match[0]):.1f}".removesuffix(".0")


def draw(specification):
    try:
        import vl_convert

        svg = vl_convert.vegalite_to_svg(
            specification, vl_version="5.21", show_warnings=False, allowed_base_urls=[])
    except Exception as error:
        # Behind the message comes a stack of calls.
        lines = [line.strip() for line in f"{error}".splitlines()]
        return {"error": " ".join(one for one in lines if one and not one.startswith("at "))[:300]}
    return {"svg": PLACES.sub(lambda match: NUMBER.sub(rounded, match[0]), svg)}


json.dump([draw(one) for one in json.load(sys.stdin)], sys.stdout)
