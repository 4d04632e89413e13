// shelve: a KV-cache or adapter goes out of service while its payload lies in the cold, or comes back unless one of its sources changed meanwhile.
// mode: write
// params: cube STRING, space STRING, cold BOOLEAN, now DATETIME
// returns: id STRING
// touches: $cube
MATCH (p:Activation|Parametric {id: $cube})
WHERE p.space = $space AND p.state = CASE WHEN $cold THEN 'activated' ELSE 'archived' END AND coalesce(p.kept_cold, false) <> $cold
  AND ($cold OR NOT EXISTS {
    MATCH (p)-[d:DERIVED_FROM]->(c:MemCube)
    WHERE NOT c.live OR c.version <> d.version OR c.expires_at <= $now
  })
SET p.state = CASE WHEN $cold THEN 'archived' ELSE 'activated' END, p.kept_cold = CASE WHEN $cold THEN true END, p.updated_at = $now
RETURN p.id AS id
