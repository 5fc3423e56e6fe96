"""What Amazon's SQS Extended Client for Python sends, and what it reads. Usage: extended_client.py send|receive ENDPOINT QUEUE_URL BUCKET"""

import sys

import boto3
import sqs_extended_client  # noqa: F401  it changes boto3's clients

mode, endpoint, queue_url, bucket = sys.argv[1:5]
access = {"endpoint_url": endpoint, "region_name": "us-east-1", "aws_access_key_id": "local", "aws_secret_access_key": "local"}
sqs = boto3.client("sqs", **access)
sqs.large_payload_support = bucket
sqs.s3_client = boto3.client("s3", config=boto3.session.Config(s3={"addressing_style": "path"}), **access)


def send(body, attributes=None, legacy=False, always=True):
    sqs.use_legacy_attribute = legacy
    sqs.always_through_s3 = always
    named = {name: {"DataType": "String", "StringValue": text} for name, text in (attributes or {}).items()}
    sqs.send_message(QueueUrl=queue_url, MessageBody=body, MessageAttributes=named)


if mode == "send":
    send('{"id":1,"v":"python, é 😀"}')
    send('{"id":2,"v":"python, legacy"}\n{"id":3,"v":"python, legacy"}', legacy=True)
    send('{"id":4,"v":"python, with attributes"}', {"database": "d", "table": "sent"})
    send('{"id":5,"v":"' + "x" * 300_000 + '"}', always=False)
    send('{"id":6,"v":"python, small"}', always=False)
else:
    for message in sqs.receive_message(QueueUrl=queue_url, MaxNumberOfMessages=10, WaitTimeSeconds=1).get("Messages", []):
        print(message["Body"])
