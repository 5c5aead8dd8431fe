-- The same for visits. SQLite's texts are Unicode: nothing to do.
SELECT 1
