// labels: every label in use; tells a new store from one of ours without naming a label the server does not know.
// mode: read
// params:
// returns: label STRING
CALL db.labels() YIELD label
RETURN label
