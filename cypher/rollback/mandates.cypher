// mandates: a mandate from before it was ended, or given anew with less, allows no more than then.
// mode: write
// params: mandates LIST<MAP>
// returns: name STRING
// touches: nothing
// governs: name
UNWIND $mandates AS wanted
MATCH (m:Mandate {id: wanted.name})
WHERE coalesce(m.at, m.created_at) <= wanted.at
WITH m, wanted,
     CASE WHEN wanted.expires_at IS NULL OR m.expires_at < wanted.expires_at THEN m.expires_at ELSE wanted.expires_at END AS expires_at,
     CASE WHEN wanted.actions IS NULL THEN m.actions WHEN m.actions IS NULL THEN wanted.actions
          ELSE [each IN m.actions WHERE each IN wanted.actions] END AS actions
WHERE coalesce(expires_at <> m.expires_at, (expires_at IS NULL) <> (m.expires_at IS NULL)) OR coalesce(actions <> m.actions, (actions IS NULL) <> (m.actions IS NULL))
SET m.expires_at = expires_at, m.actions = actions
RETURN m.id AS name
