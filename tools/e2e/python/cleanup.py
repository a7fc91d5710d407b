def main_handler(event, context):
    for name, value in event["websocket"].items():
        print(name + ":" + value)
    return event
