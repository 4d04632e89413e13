// tenants: who is in another tenant than was last said here, though nobody has said otherwise since.
// mode: read
// params: tenants LIST<MAP>
// returns: name STRING, tenant STRING?
UNWIND $tenants AS wanted
MATCH (p:Principal {id: wanted.name})
WHERE coalesce(p.tenant, '') <> coalesce(wanted.tenant, '') AND (p.tenant_at IS NULL OR p.tenant_at <= wanted.at)
RETURN p.id AS name, wanted.tenant AS tenant
