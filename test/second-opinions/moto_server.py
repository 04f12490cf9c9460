"""Runs moto's Step Functions until whoever started it closes our standard input, or dies."""

import functools
import json
import os
import re
import sys
import threading
import urllib.request

from moto.core.config import default_user_config
from moto.server import main
from moto.stepfunctions.parser.asl.component.state.exec.state_task import lambda_eval_utils
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_sfn import (
    StateTaskServiceSfn,
)
from moto.stepfunctions.parser.asl.component.state.wait.wait_function.wait_function import (
    WaitFunction,
)
from moto.stepfunctions.parser.asl.utils import json_path
from moto.stepfunctions.parser.backend.execution import Execution


def end_with_parent():
    sys.stdin.read()
    os._exit(0)


def functions_on_ports():
    """A function named `on-port-<number>` is invoked over HTTP, in the process that listens there: moto's own run in
    containers."""

    def invoke(parameters, region, state_credentials):
        port = re.search(r":function:on-port-(\d+)$", parameters["FunctionName"])[1]
        request = urllib.request.Request(f"http://127.0.0.1:{port}/", parameters["Payload"])
        with urllib.request.urlopen(request) as response:
            return {"StatusCode": 200, "Payload": json.load(response)}

    lambda_eval_utils._invoke_lambda_function = invoke


def waits_without_time():
    """They pass on the clock of the tests. What is to be waited is still worked out."""
    WaitFunction._wait_interval = lambda self, env, wait_seconds: None


def texts_as_at_aws():
    """What an execution answers with is JSON, also where it is a text: moto answers with that text as it is."""

    def put(self, output):
        self._output = json.dumps(output) if isinstance(output, str) else output

    Execution.output = property(lambda self: self._output, put)


def paths_parsed_once():
    """Each takes a hundredth of a second, a dozen times an invocation."""
    json_path.parse = functools.cache(json_path.parse)


def names_as_at_aws():
    """Parameters of an integration begin with a capital letter, whatever the service's own begin with: moto hands them
    on as they are, and its StartExecution knows none of them."""
    normalise = StateTaskServiceSfn._normalise_parameters

    def normalise_names(self, parameters, *rest, **named):
        normalise(self, parameters, *rest, **named)
        for name in list(parameters):
            parameters[name[0].lower() + name[1:]] = parameters.pop(name)

    StateTaskServiceSfn._normalise_parameters = normalise_names


functions_on_ports()
names_as_at_aws()
texts_as_at_aws()
paths_parsed_once()
waits_without_time()
# Without it an execution is taken down and never run.
default_user_config["stepfunctions"]["execute_state_machine"] = True
threading.Thread(target=end_with_parent, daemon=True).start()
main(["--host", "127.0.0.1", "--port", os.environ["MOTO_PORT"]])
