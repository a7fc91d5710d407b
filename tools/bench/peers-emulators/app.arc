# The same, as the sandbox of Architect emulates it.
@app
bench

@ws

@aws
runtime nodejs20.x
