def main_handler(event, context):
    websocket = event["websocket"]
    print("registration of " + websocket["secConnectionID"])
    answer = {"action": "connecting", "secConnectionID": websocket["secConnectionID"]}
    if "secWebSocketProtocol" in websocket:
        answer["secWebSocketProtocol"] = websocket["secWebSocketProtocol"]
    return {"errNo": 0, "errMsg": "ok", "websocket": answer}
