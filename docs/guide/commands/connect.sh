#!/usr/bin/env bash
# Commands of the guide. Each region is one to copy, not a part of a script: running the file as a whole
# is not meant.
set -euo pipefail
exit 1

stack=daybook-dev

# snippet:begin state
arn=$(aws kafkaconnect list-connectors --connector-name-prefix "$stack-sink" --query 'connectors[0].connectorArn' --output text)
aws kafkaconnect describe-connector --connector-arn "$arn" --query '[connectorState, capacity, connectorConfiguration.topics]'
# snippet:end state

# snippet:begin log
aws logs tail "/$stack-sink/workers" --since 30m --filter-pattern ERROR
# snippet:end log

# snippet:begin plugin
unzip -l audit-infra-pulumi/target/audit-connect-plugin.zip
# snippet:end plugin

# snippet:begin sealer
aws ecs describe-services --cluster "$stack" --services sealer --query 'services[0].[runningCount, events[0].message]'
aws logs tail "/$stack-sealer-task" --since 1h
aws s3 cp "$(pulumi stack output sealedLog)/policy" daybook.policy
# snippet:end sealer
