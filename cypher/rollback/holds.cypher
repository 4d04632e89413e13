// holds: whether what was about to hold of a key, a member of a role, a mandate or a tenant does hold.
// mode: read
// params: what STRING, name STRING, role STRING?, member STRING?, removed BOOLEAN, tenant STRING?, expires_at DATETIME?
// returns: holds BOOLEAN
RETURN CASE $what
  WHEN 'key' THEN EXISTS { MATCH (k:ApiKey {id: $name}) WHERE k.revoked_at IS NOT NULL }
  WHEN 'member' THEN CASE
    WHEN $removed THEN NOT EXISTS { (:Principal {id: $member})-[:HAS_ROLE]->(:Role {id: $role}) }
    ELSE EXISTS {
      MATCH (:Principal {id: $member})-[h:HAS_ROLE]->(:Role {id: $role})
      WHERE coalesce(h.expires_at = $expires_at, h.expires_at IS NULL AND $expires_at IS NULL)
    } END
  WHEN 'mandate' THEN EXISTS {
    MATCH (m:Mandate {id: $name})
    WHERE coalesce(m.expires_at = $expires_at, m.expires_at IS NULL AND $expires_at IS NULL)
  }
  ELSE EXISTS { MATCH (p:Principal {id: $name}) WHERE coalesce(p.tenant, '') = coalesce($tenant, '') }
END AS holds
