-- The same for doctors. SQLite's texts are Unicode: nothing to do.
SELECT 1
