// cube_text: words of cubes, their own and with those before them, those that not everybody may see apart, with the space's key as a token of its own.
// mode: schema
// params: 
// returns: 
CREATE FULLTEXT INDEX cube_text IF NOT EXISTS FOR (n:MemCube) ON EACH [n.words, n.context, n.secrets, n.space_key]
OPTIONS {indexConfig: {`fulltext.analyzer`: 'english'}}
