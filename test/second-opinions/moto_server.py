"""moto's Step Functions."""

import functools
import json
import os

import on_ports
from moto.core.config import default_user_config
from moto.server import main
from moto.stepfunctions.parser.asl.component.common.retry import retrier_decl
from moto.stepfunctions.parser.asl.component.state.exec.state_task import lambda_eval_utils
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_dynamodb import (
    StateTaskServiceDynamoDB,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_sfn import (
    StateTaskServiceSfn,
)
from moto.stepfunctions.parser.asl.component.state.wait.wait_function.wait_function import (
    WaitFunction,
)
from moto.stepfunctions.parser.asl.utils import json_path
from moto.stepfunctions.parser.backend.execution import Execution


def texts_as_at_aws():
    """An output is JSON, also where it is a text: moto answers with that text as it is."""

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


on_ports.bridge(lambda_eval_utils, StateTaskServiceDynamoDB, WaitFunction, retrier_decl)
names_as_at_aws()
texts_as_at_aws()
paths_parsed_once()
# Without it an execution is taken down and never run.
default_user_config["stepfunctions"]["execute_state_machine"] = True
on_ports.end_with_parent()
main(["--host", "127.0.0.1", "--port", os.environ["SERVER_PORT"]])
