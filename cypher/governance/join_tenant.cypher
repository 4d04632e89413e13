// join_tenant: principals, their roles and their spaces belong to a tenant from now on, or to none; who is named for the first time is made.
// mode: write
// params: principals LIST<STRING>, tenant STRING?, now DATETIME
// returns: principal STRING, was STRING?, spaces LIST<STRING>, roles LIST<STRING>
// touches: nothing
// governs: principal, spaces, roles
UNWIND $principals AS wanted
MERGE (p:Principal {id: wanted})
ON CREATE SET p.kind = 'user', p.created_at = $now
WITH p, p.tenant AS was
SET p.tenant = $tenant, p.tenant_at = $now
WITH p, was
CALL (p) {
  MATCH (r:Role {owner: p.id})
  SET r.tenant = $tenant
  RETURN collect(r.id) AS roles
}
CALL (p) {
  MATCH (p)-[:OWNS]->(s:Space)
  SET s.locked = true
  WITH s
  SET s.tenant = $tenant, s.revision = s.revision + 1
  RETURN collect(s.id) AS spaces
}
RETURN p.id AS principal, was, spaces, roles
ORDER BY principal
