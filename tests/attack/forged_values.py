"""What the forged requests are made of: names, values, targets, headers and frames that no honest browser sends."""

VIEWS: list[tuple[str, str]] = [
    ("", ""), *(("", f"list={view}&whose=Office") for view in ("Needs", "Cases", "Suggested")), ("risk", ""),
    *(("retakes", f"show={view}") for view in ("To+sit", "First+attempts", "All+with+attempts")),
    *(("subjects", f"show={view}") for view in ("Students", "Class", "Groups")), ("subjects", "order=Alike+together"),
    *(("tutoring", f"part={view}") for view in ("Week", "Tutors", "Sessions", "Did+it+help", "Peer+mentors")),
    ("student", ""), ("student", "student={one}"), ("student", "student={one}&exam=Step+2+CK"), ("evidence", ""),
    ("evidence", "by=Form&before=60+days"), ("upload", ""), ("exam_plan", ""), ("exam_plan", "student={one}"),
    ("rules", ""), ("no_such_page", ""),
]  # fmt: skip
NAMES = ["student", "exam", "class", "advisor", "program", "groups", "order", "axis", "against", "show", "state",
         "whose", "list", "why", "case", "part", "asking", "week", "blocks", "by", "before", "band", "embed",
         "embed_options", "Token", "<b>"]  # fmt: skip
HOSTILE = [
    "", " ", "0", "-1", "99999999999999999999", "2e309", "nan", "true", "None", "2028-13-45", "[]", '{"a": 1}',
    "2028,2029," * 500, "A" * 20_000, "\x00\x01\x1b[31m", "\ufffd\u202e\u2028", "\U0001f9ea" * 50, "００００１", "1'--",
    "' OR 1=1; DROP TABLE student; --", "../../../../etc/passwd", "%2e%2e%2f", "%00", "<script>alert(1)</script>",
    "![i](http://evil.example/i.png)", ":red[c] $x^2$", "{{7*7}}", "{0.__class__}", "%s%n", "$(id)", "=1+1",
    "\r\nSet-Cookie: a=b", "__proto__", "javascript:alert(1)", "data:text/html,x", "file:///etc/passwd",
]  # fmt: skip
MANGLED_QUERIES = ["%ff%fe", "&&&===", "student", "=x", "student=a;class=b", "student[]=a", "#x", "%", "?" * 200,
                   "&".join(f"class={n}" for n in range(900))]  # fmt: skip
TARGETS = [
    "/", "/risk", "/_stcore/stream", "/_stcore/host-config", "/_stcore/metrics", "/_stcore/script-health-check",
    "/_stcore/upload_file/a/b", "/_stcore/agent/interact", "/_stcore/agent/mcp", "/_stcore/agent/openapi.json",
    "/media/x.csv", "/component/a/b", "/_stcore/bidi-components/a/b", "/app/static/app.py", "/../office.db",
    "/%2e%2e/%2e%2e/office.db", "//evil.example/", "/\\evil.example/", "/static/..%2f..%2f..%2fstarlette.py",
    "/static/....//....//app.py", "/component/streamlit/../../../app.py", "/media/..%5c..%5coffice.db",
    "/static//etc/passwd", "/%00", "/static/%c0%ae%c0%ae/app.py", "/;/risk", "/" + "a/" * 4000,
    "http://evil.example/", "http://evil.example/_stcore/health/../host-config", "https://127.0.0.1/risk",
    "/_stcore/health/", "/_stcore/health%2f..%2fhost-config", "/_STCORE/health", "//_stcore/health", "/oauth2callback",
    "/auth/login", "/auth/logout", "*", "evil.example:443",
]  # fmt: skip
METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "CONNECT", "BREW", "get"]
CLAIMED = [  # what a proxy's or another framework's headers would say of the sender
    ("X-Forwarded-For", "10.0.0.1"), ("X-Forwarded-Host", "evil.example"), ("X-Forwarded-Proto", "https"),
    ("Forwarded", "host=evil.example"), ("X-Original-URL", "/_stcore/health"), ("X-Rewrite-URL", "/_stcore/health"),
    ("X-HTTP-Method-Override", "PUT"), ("Upgrade", "h2c"), ("Authorization", "Basic ZGVhbjpkZWFu"),
    ("Range", "bytes=0-,0-,0-"), ("Accept-Encoding", "gzip;q=nan"), ("Content-Type", "multipart/form-data"),
]  # fmt: skip
NOT_HTTP = [
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"GET /\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" * 9,
    b"GET / HTTP/9.9\r\nHost: {host}\r\n\r\n", b"GET / HTTP/1.1\r\nHost : {host}\r\n\r\n",
    b"GET / HTTP/1.1\r\n Host: {host}\r\n\r\n", b"GET / HTTP/1.1\r\nHost: {host}\r\nHost: {host}\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: {host}\r\nX: \x00\r\n\r\n", b"GET / HTTP/1.1\r\nHost: {host}\r\n: x\r\n\r\n",
    b"GET /\x00\xff HTTP/1.1\r\nHost: {host}\r\n\r\n", b"GET / HTTP/1.1\r\nHost: {host}\r\nX: " + b"a" * 90_000,
    b"GET /" + b"a" * 90_000 + b" HTTP/1.1\r\nHost: {host}\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: {host}\r\nContent-Length: -1\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: {host}\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    b"POST / HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\nzz\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: x, chunked\r\n\r\n0\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: {host}\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    b"0\r\n\r\nGET /_stcore/host-config HTTP/1.1\r\nHost: {host}\r\n\r\n",
]  # fmt: skip
FRAMES: list[str | bytes] = ["", "not a message", b"", b"\x00" * 64, b"\xff" * 5000, b"\x0a\xff\xff\xff\xff\x0f",
                             b"\x12" * 70_000, b"\x08\x01", bytes(26 * 1024 * 1024)]  # fmt: skip
