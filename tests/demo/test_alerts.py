from demo.alerts import describe


def test_an_alert_is_one_line():
    alert = {
        "labels": {"alertname": "StreamDown", "severity": "critical", "server": "main", "mount": "/jazz.mp3"},
        "annotations": {"summary": "/jazz.mp3 is off the air"},
    }
    assert describe(alert) == "StreamDown (critical) /jazz.mp3: /jazz.mp3 is off the air"


def test_an_alert_that_says_little_is_told_too():
    assert describe({"labels": {"alertname": "Odd"}, "annotations": {}}) == "Odd (no severity)"
