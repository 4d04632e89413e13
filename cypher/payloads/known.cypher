// known: the payloads of every KV-cache and adapter that a cube still accounts for.
// mode: read
// params:
// returns: space STRING, payload STRING, files LIST<STRING>?
MATCH (p:Activation|Parametric)
WHERE p.state IN ['generated', 'activated', 'archived'] AND p.payload_uri IS NOT NULL
RETURN p.space AS space, p.payload_uri AS payload, p.payload_files AS files
