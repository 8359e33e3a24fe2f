"""Write docs/rules.md: every segment's rule, as its YAML states it."""

import json
import sys
from pathlib import Path

HEAD = """# The rules

Made by `make rules` from the YAML beside each segment: change it there. The numbers are the
settings in force when it was made.

"""


def cell(text: object) -> str:
    """A text that does not end a cell of a table."""
    return " ".join(str(text).split()).replace("|", "\\|")


def rules(manifest: dict) -> str:
    """Describe every segment by family.

    Arguments: manifest (dbt's, parsed).
    Returns: text in Markdown: the terms that the rules use, then a table for each family, in the
    order of the stacks.
    """
    nodes = manifest["nodes"]
    [stack] = [n for n in nodes.values() if n["name"] == "segment_memberships"]
    families = [nodes[name] for name in stack["depends_on"]["nodes"]]
    parts = [HEAD + manifest["docs"]["doc.shop_segments.rules"]["block_contents"].strip() + "\n"]
    for family in families:
        title = family["name"].removesuffix("_memberships").replace("_", " ").capitalize()
        title = title.replace("Rfm", "RFM")
        about = family["description"].split(" Grain:")[0]
        rows = ["| segment | rule | evidence | settings |", "| --- | --- | --- | --- |"]
        for segment in (nodes[name] for name in family["depends_on"]["nodes"]):
            meta = segment["config"]["meta"]["segment"]
            labels = f"`{segment['name']}`<br>{meta['label_en']}<br>{meta['label_fr']}"
            settings = ", ".join(f"`{name}`" for name in meta.get("vars", []))
            note = f" *{meta['note']}*" if meta.get("note") else ""
            evidence = meta["evidence"]
            if meta.get("value"):
                evidence += f", per {meta['value']}"
            row = [labels, segment["description"] + note, evidence, settings]
            rows.append("| " + " | ".join(map(cell, row)) + " |")
        parts.append(f"## {title}\n\n{about}\n\n" + "\n".join(rows) + "\n")
    return "\n".join(parts)


if __name__ == "__main__":
    source, target = map(Path, sys.argv[1:])
    manifest = json.loads(source.read_text(encoding="utf-8"))
    target.write_text(rules(manifest), encoding="utf-8")
