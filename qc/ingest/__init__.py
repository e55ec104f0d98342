"""Reading tables that people have: CSV and XLSX files, their headings, their values and their mistakes."""
