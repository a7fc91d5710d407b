import json
import urllib.request

g_connectionID = "nobody"
sendbackHost = "http://127.0.0.1/api-none"


def push(connection_id, text):
    websocket = {"action": "data send", "secConnectionID": connection_id, "dataType": "text", "data": text}
    body = json.dumps({"websocket": websocket}).encode()
    request = urllib.request.Request(sendbackHost, body, {"Content-Type": "application/json"})
    try:
        urllib.request.urlopen(request, timeout=5).read()
    except urllib.error.HTTPError as error:
        print("not pushed: " + error.read().decode())


def main_handler(event, context):
    for name, value in event["websocket"].items():
        print(name + ":" + value)
    push(g_connectionID, json.dumps(event["websocket"]["data"]))
    return event
