// tenants: every tenant with who belongs to it and how many spaces they own.
// mode: read
// params:
// returns: tenant STRING, principals LIST<STRING>, spaces INTEGER
MATCH (p:Principal)
WHERE p.tenant IS NOT NULL AND NOT p:Role
WITH p.tenant AS tenant, p, COUNT { (p)-[:OWNS]->(:Space) } AS spaces ORDER BY p.id
RETURN tenant, collect(p.id) AS principals, sum(spaces) AS spaces
ORDER BY tenant
