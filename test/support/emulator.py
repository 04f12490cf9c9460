"""Runs MiniStack until its parent process closes our standard input, or dies."""

import contextvars
import json
import os
import re
import shutil
import signal
import string
import sys
import threading
import uuid
import urllib.error
import urllib.request

from ministack import app
from ministack.services import lambda_svc, stepfunctions
from ministack.services.cloudformation import provisioners


def end_with_parent():
    sys.stdin.read()
    shutil.rmtree(os.environ["TMPDIR"], ignore_errors=True)
    # The functions' processes are in our group.
    os.killpg(0, signal.SIGKILL)


def secrets_as_at_aws():
    """Gaps `secret-ref` and `secret-letters`: `Ref` of a secret is its ARN at AWS, a secret without a value gets a
    generated one, and without punctuation where that is excluded."""
    secret = provisioners._RESOURCE_HANDLERS["AWS::SecretsManager::Secret"]
    create, update, delete = secret["create"], secret["update"], secret["delete"]

    def name_of(arn):
        return arn.split(":secret:")[-1].rsplit("-", 1)[0]

    def create_secret(logical_id, props, stack_name):
        if props.get("GenerateSecretString") == {}:
            props = {**props, "GenerateSecretString": {"PasswordLength": 32}}
        generated = props.get("GenerateSecretString", {})
        if str(generated.get("ExcludePunctuation", "")).lower() == "true":
            without = {**generated, "ExcludeCharacters": string.punctuation}
            props = {**props, "GenerateSecretString": without}
        _, attributes = create(logical_id, props, stack_name)
        return attributes["Arn"], attributes

    def update_secret(arn, *rest, **named):
        _, attributes = update(name_of(arn), *rest, **named)
        return attributes["Arn"], attributes

    secret["create"] = create_secret
    secret["update"] = update_secret
    secret["delete"] = lambda arn, *rest, **named: delete(name_of(arn), *rest, **named)


def table_updates_as_at_aws():
    """Gap `table-updates`: the update takes a table without a name of its own for another one."""
    table = provisioners._RESOURCE_HANDLERS["AWS::DynamoDB::GlobalTable"]
    update = table["update"]

    def update_table(physical_id, old_props, new_props, *rest, **more):
        named = {"TableName": physical_id}
        return update(physical_id, {**old_props, **named}, {**new_props, **named}, *rest, **more)

    table["update"] = update_table


def nested_failures_as_at_aws():
    """Gap `nested-failure`: the cause describes the execution, as DescribeExecution does, with capital letters."""

    def failure(execution):
        output = json.loads(execution.get("output") or "{}")
        described = {
            "ExecutionArn": execution["executionArn"],
            "StateMachineArn": execution["stateMachineArn"],
            "Name": execution["name"],
            "Input": execution["input"],
            "Status": execution["status"],
            "Error": output.get("Error"),
            "Cause": output.get("Cause"),
        }
        return "States.TaskFailed", json.dumps(described)

    stepfunctions._nested_execution_failure = failure


def express_executions_as_at_aws():
    """Gap `express-arns`: several executions of one name, each under an ARN of its own, which its start answers."""
    start, run = stepfunctions._start_execution, stepfunctions._run_execution
    # What a start sets is copied into the thread that runs the execution.
    suffix = contextvars.ContextVar("suffix", default=None)
    renaming = threading.Lock()

    def own_arn(arn):
        if suffix.get() is None:
            return arn
        with renaming:
            execution = stepfunctions._executions.get(arn)
            own = f"{arn.replace(':execution:', ':express:')}:{suffix.get()}"
            if execution is None:
                return own if own in stepfunctions._executions else arn
            if stepfunctions._state_machines[execution["stateMachineArn"]].get("type") != "EXPRESS":
                return arn
            del stepfunctions._executions[arn]
            stepfunctions._executions[own] = {**execution, "executionArn": own}
            return own

    def start_execution(data):
        suffix.set(uuid.uuid4())
        status, headers, body = start(data)
        answer = json.loads(body)
        if "executionArn" in answer:
            answer["executionArn"] = own_arn(answer["executionArn"])
        return status, headers, json.dumps(answer).encode()

    stepfunctions._start_execution = start_execution
    stepfunctions._run_execution = lambda arn: run(own_arn(arn))


def asynchronous_retries_as_at_aws():
    """Gap `alias-retries`: how often a failed invocation is repeated is set for the qualifier that was invoked."""
    invoke = lambda_svc.invoke_async_with_retry

    def invoke_by_qualifier(func, event):
        arn = func["config"]["FunctionArn"]
        name, qualifier = lambda_svc._lambda_function_name_and_qualifier_from_arn(arn)
        settings = lambda_svc._event_invoke_config(lambda_svc._functions[name], qualifier)
        invoke({**func, "event_invoke_config": settings}, event)

    lambda_svc.invoke_async_with_retry = invoke_by_qualifier


def parts_on_ports():
    """`on-port-<number>`, as the name of a function or of a table, is a port of the loopback interface: what the workflow
    calls there is carried out over HTTP, in the process that listens."""
    call_lambda, call_dynamodb = stepfunctions._call_lambda, stepfunctions._invoke_dynamodb

    def post(port, action, payload):
        request = urllib.request.Request(f"http://127.0.0.1:{port}/{action}", json.dumps(payload).encode())
        try:
            with urllib.request.urlopen(request) as response:
                return json.load(response), None
        except urllib.error.HTTPError as error:
            body = json.load(error)
            return body, body["errorType"]

    def call_on_port(reference, event):
        port = re.search(r":function:on-port-(\d+)$", reference)
        if port is None:
            return call_lambda(reference, event)
        answer, error = post(port[1], "invoke", event)
        if error is not None:
            raise stepfunctions._ExecutionError(error, json.dumps(answer))
        return answer

    def write_on_port(operation, parameters):
        port = re.match(r"on-port-(\d+)$", parameters["TableName"])
        if port is None:
            return call_dynamodb(operation, parameters)
        answer, error = post(port[1], operation, parameters)
        if error is not None:
            raise stepfunctions._ExecutionError(f"DynamoDB.{error}", answer["errorMessage"])
        return answer

    stepfunctions._call_lambda = call_on_port
    stepfunctions._invoke_dynamodb = write_on_port


secrets_as_at_aws()
table_updates_as_at_aws()
parts_on_ports()
nested_failures_as_at_aws()
express_executions_as_at_aws()
asynchronous_retries_as_at_aws()
threading.Thread(target=end_with_parent, daemon=True).start()
sys.argv = sys.argv[:1]
app.main()
