#!/bin/sh
# Makes the database anew and becomes its server.
set -eu
data=/dev/shm/mysql
mariadb-install-db --user=mysql --datadir="$data" --auth-root-authentication-method=socket >/dev/null
printf '%s\n' \
  'CREATE DATABASE ser;' \
  "CREATE USER ser@'%' IDENTIFIED BY 'secret';" \
  "GRANT ALL ON ser.* TO ser@'%';" >/dev/shm/first.sql
exec mariadbd --user=mysql --datadir="$data" --bind-address=0.0.0.0 --skip-name-resolve --socket=/dev/shm/mysqld.sock --pid-file=/dev/shm/mysqld.pid --init-file=/dev/shm/first.sql
