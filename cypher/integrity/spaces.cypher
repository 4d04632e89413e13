// spaces: every space there is.
// mode: read
// params:
// returns: id STRING
MATCH (s:Space)
WHERE s.id IS NOT NULL
RETURN s.id AS id
ORDER BY id
