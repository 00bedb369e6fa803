"""python3 decisions.py PACKAGES DIRECTORY SECONDS: the policy beside this file by Microsoft's regorus, in this process, by one thread.

It answers the questions of DIRECTORY/sample.json, then those of single.json and bulk.json again and again for so many seconds each;
prints the sample's answers and the times in JSON.
"""

import json
import sys
import time
from pathlib import Path

sys.path.insert(0, sys.argv[1])
import regorus  # noqa: E402

directory, seconds = Path(sys.argv[2]), float(sys.argv[3])
engine = regorus.Engine()
engine.add_policy_from_file(str(Path(__file__).parent / "policy.rego"))
engine.add_data_json((directory / "data.json").read_text())


def read(name):
    return json.loads((directory / f"{name}.json").read_text())


def inputs(question):
    return [json.dumps({"person": question["person"], "permission": permission}) for permission in question["asked"]]


def decide(texts):
    answers = []
    for text in texts:
        engine.set_input_json(text)
        answers.append(engine.eval_rule("data.bench.allow"))
    return answers


def times(questions):
    questions = [inputs(question) for question in questions]
    taken, at, until = [], 0, time.monotonic() + seconds
    while time.monotonic() < until:
        began = time.perf_counter()
        decide(questions[at % len(questions)])
        taken.append((time.perf_counter() - began) * 1000)
        at += 1
    return taken


answers = [decide(inputs(question)) for question in read("sample")]
print(json.dumps({"answers": answers, "single": times(read("single")), "bulk": times(read("bulk"))}))
