// in_force: the policy a space is governed by, with who owns the space and how much it holds; no row where there is none.
// mode: read
// params: space STRING
// returns: version INTEGER, sha256 STRING, text STRING, owner STRING, memories INTEGER
MATCH (s:Space {id: $space})-[:GOVERNED_BY]->(p:Policy)
RETURN p.version AS version, p.sha256 AS sha256, p.text AS text, s.owner AS owner, s.cubes AS memories
