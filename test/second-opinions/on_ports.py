"""What an interpreter of workflows calls is carried out by the process of the tests: `on-port-<number>`, as the name of
a function or of a table, is a port of the loopback interface. LocalStack and moto have the same interpreter at heart."""

import json
import os
import re
import sys
import threading
import types
import urllib.error
import urllib.request

from botocore.exceptions import ClientError


def call(action, name, payload):
    """The answer, and whether it is an error."""
    port = re.search(r"\bon-port-(\d+)$", name)[1]
    request = urllib.request.Request(f"http://127.0.0.1:{port}/{action}", payload)
    try:
        with urllib.request.urlopen(request) as response:
            return json.load(response), False
    except urllib.error.HTTPError as error:
        return json.load(error), True


def invoke(parameters, region, state_credentials):
    answer, is_error = call("invoke", parameters["FunctionName"], parameters["Payload"])
    # Errors of the workflow's own are not told by a function.
    if is_error and answer["errorType"] == "States.Timeout":
        raise TimeoutError()
    return {"StatusCode": 200, "Payload": answer, **({"FunctionError": "Unhandled"} if is_error else {})}


def update_item(self, env, resource_runtime_part, normalised_parameters, state_credentials):
    payload = json.dumps(normalised_parameters).encode()
    answer, is_error = call("updateItem", normalised_parameters["TableName"], payload)
    if is_error:
        error = {"Code": answer["errorType"], "Message": answer["errorMessage"]}
        raise ClientError({"Error": error, "ResponseMetadata": {"HTTPStatusCode": 400, "RequestId": ""}}, "UpdateItem")
    env.stack.append(answer)


def bridge(lambda_eval_utils, dynamodb_service, wait_function, retrier):
    """Waits and retries take no time, which passes on the clock of the tests. What is to be waited is still worked out."""
    lambda_eval_utils._invoke_lambda_function = invoke
    dynamodb_service._eval_service_task = update_item
    wait_function._wait_interval = lambda self, env, wait_seconds: None
    retrier.time = types.SimpleNamespace(sleep=lambda seconds: None)


def end_with_parent():
    """Runs until the standard input closes, which it does however the parent ends."""

    def wait():
        sys.stdin.read()
        os._exit(0)

    threading.Thread(target=wait, daemon=True).start()
