"""Sends each documented field by a client that openapi-python-client has generated, and prints what came back."""
import json
import sys
from datetime import datetime

import attrs

from face_detection_poller_client import AuthenticatedClient
from face_detection_poller_client.api.default import (
    cancel_detection,
    cancel_detections,
    forget_detection,
    get_detection,
    get_face_image,
    get_rate,
    list_detections,
    redeliver_detection,
    retry_detection,
    start_detection,
)
from face_detection_poller_client.models import DetectInput, ExecutionInput, Selection

base_url, token, inputs = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
client = AuthenticatedClient(base_url=base_url, token=token)
task = inputs["ExecutionInput"]["detect_task_id"]


def made(model, given):
    documented = {field.name for field in attrs.fields(model)} - {"additional_properties"}
    assert documented == set(given), f"{model.__name__}: {documented ^ set(given)}"
    body = model.from_dict(given)
    assert body.to_dict() == given, body.to_dict()
    return body


seen = {}


def plain(value):
    """An instant counts, and not how it is spelled."""
    if isinstance(value, dict):
        return {name: plain(one) for name, one in value.items()}
    if isinstance(value, list):
        return [plain(one) for one in value]
    try:
        return datetime.fromisoformat(value).timestamp()
    except (TypeError, ValueError):
        return value


def note(name, answer):
    body = json.loads(answer.content) if answer.content[:1] == b"{" else None
    parsed = answer.parsed.to_dict() if hasattr(answer.parsed, "to_dict") else None
    # What the client has read is what was sent.
    seen[name] = {"status": int(answer.status_code), "body": body, "isRead": plain(parsed) == plain(body)}


def ask(operation, *path, **more):
    return operation.sync_detailed(*path, client=client, **more)


note("start", ask(start_detection, body=made(ExecutionInput, inputs["ExecutionInput"])))
note("submit", ask(start_detection, body=made(DetectInput, inputs["DetectInput"])))
note("get", ask(get_detection, task))
note("list", ask(list_detections, limit=2))
note("face", ask(get_face_image, task, 0))
note("rate", ask(get_rate))
note("retry", ask(retry_detection, task))
note("cancel", ask(cancel_detection, task))
note("redeliver", ask(redeliver_detection, "absent"))
note("rejected", ask(get_detection, "a b"))
some = Selection.from_dict({"detect_task_ids": [task]})
seen["many"] = {"status": int(ask(cancel_detections, body=some).status_code)}
note("forget", ask(forget_detection, task))
print(json.dumps(seen))
