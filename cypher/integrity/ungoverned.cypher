// ungoverned: spaces and principals that have no digest.
// mode: read
// params: limit INTEGER
// returns: id STRING
CALL () {
  MATCH (n:Space) WHERE n.id IS NOT NULL AND n.digest IS NULL RETURN n.id AS id
  UNION
  MATCH (n:Principal) WHERE n.id IS NOT NULL AND n.digest IS NULL RETURN n.id AS id
}
RETURN id ORDER BY id LIMIT $limit
