"""LocalStack's Step Functions, without Docker and with no other service but those that they need."""

import _thread
import os
import threading

os.environ.update(
    SERVICES="stepfunctions,sts,iam",
    GATEWAY_SERVER="hypercorn",
    GATEWAY_LISTEN=f"127.0.0.1:{os.environ['SERVER_PORT']}",
    # Nothing is asked of its makers, and nothing told to them.
    DISABLE_EVENTS="1",
    SKIP_SSL_CERT_DOWNLOAD="1",
    DNS_ADDRESS="0",
)


class Lock:
    """It takes `threading.Lock` for a class, which it is from Python 3.13 on."""

    def __new__(cls):
        return _thread.allocate_lock()


threading.Lock = Lock

import on_ports
from localstack.runtime.main import main
from localstack.services.stepfunctions.asl.component.common.retry import retrier_decl
from localstack.services.stepfunctions.asl.component.state.state_execution.state_task import lambda_eval_utils
from localstack.services.stepfunctions.asl.component.state.state_execution.state_task.service.state_task_service_dynamodb import (
    StateTaskServiceDynamoDB,
)
from localstack.services.stepfunctions.asl.component.state.state_wait.wait_function.wait_function import (
    WaitFunction,
)
from localstack.services.stepfunctions.backend.execution import Execution
from localstack.services.stepfunctions.provider import StepFunctionsProvider

on_ports.bridge(lambda_eval_utils, StateTaskServiceDynamoDB, WaitFunction, retrier_decl)
# As at AWS an execution of Express cannot be described; here the tests look at how it ended.
StepFunctionsProvider._raise_resource_type_not_in_context = staticmethod(lambda resource_type: None)
# There is no EventBridge to tell.
Execution.publish_execution_status_change_event = lambda self: None
on_ports.end_with_parent()
main()
