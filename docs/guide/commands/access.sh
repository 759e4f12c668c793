#!/usr/bin/env bash
# Commands of the guide. Each region is one to copy, not a part of a script: running the file as a whole
# is not meant.
set -euo pipefail
exit 1

stack=daybook-dev

# snippet:begin account-roles
aws iam get-role --role-name dms-vpc-role --query Role.AssumeRolePolicyDocument
aws iam list-attached-role-policies --role-name dms-vpc-role --query 'AttachedPolicies[].PolicyName'
aws iam list-attached-role-policies --role-name dms-cloudwatch-logs-role --query 'AttachedPolicies[].PolicyName'
# snippet:end account-roles

# snippet:begin account-roles-there
pulumi config set daybook:captureAccountRoles false
# snippet:end account-roles-there

# snippet:begin capture-secret
read -rsp 'Password of daybook_dms: ' password
jq -n --arg password "$password" \
    '{username: "daybook_dms", password: $password, host: "shop.cluster-abcdefghijkl.eu-central-1.rds.amazonaws.com", port: 5432}' |
    aws secretsmanager create-secret --name shop/daybook-dms --kms-key-id alias/shop-secrets --secret-string file:///dev/stdin
# snippet:end capture-secret

# snippet:begin source-roles
psql "host=shop.cluster-abcdefghijkl.eu-central-1.rds.amazonaws.com dbname=shop user=admin sslmode=verify-full sslrootcert=rds-ca.pem" \
    -v ON_ERROR_STOP=1 -f db/source/prepare.sql -f docs/guide/sql/source-dms.sql -c '\password daybook_dms'
# snippet:end source-roles

# snippet:begin made-source
admin=$(aws secretsmanager get-secret-value --query SecretString --output text \
    --secret-id "$(aws rds describe-db-clusters --db-cluster-identifier "$stack-source" --query 'DBClusters[0].MasterUserSecret.SecretArn' --output text)")
capture=$(aws secretsmanager get-secret-value --secret-id "$(pulumi stack output sourceSecretArn)" --query SecretString --output text)
jq -r .password <<<"$capture"
PGPASSWORD=$(jq -r .password <<<"$admin") psql \
    "host=$(pulumi stack output sourceHost) dbname=shop user=$(jq -r .username <<<"$admin") sslmode=verify-full sslrootcert=rds-ca.pem" \
    -v ON_ERROR_STOP=1 -f docs/guide/sql/source-dms.sql -c '\password daybook_dms'
# snippet:end made-source

# snippet:begin scram-secret
aws kafka list-scram-secrets --cluster-arn "$(aws kafka list-clusters-v2 --cluster-name-filter "$stack-kafka" --query 'ClusterInfoList[0].ClusterArn' --output text)"
# snippet:end scram-secret
