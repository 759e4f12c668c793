#!/usr/bin/env bash
# Commands of the guide. Each region is one to copy, not a part of a script: running the file as a whole
# is not meant.
set -euo pipefail
exit 1

# snippet:begin build
mvn -B -ntp package -DskipTests -pl audit-connect-aws,audit-infra-pulumi -am
bin/msk-plugin --region eu-central-1 --rds-ca eu-central-1-bundle.pem
# snippet:end build

# snippet:begin login
pulumi login 's3://example-pulumi-state?region=eu-central-1'
# snippet:end login

# snippet:begin stack
cd audit-infra-pulumi
pulumi stack init dev --secrets-provider 'awskms://alias/pulumi?region=eu-central-1'
# snippet:end stack

# snippet:begin configure
pulumi config set aws:region eu-central-1
pulumi config set daybook:accountId "$(aws sts get-caller-identity --query Account --output text)"
pulumi config set daybook:apiCertificateArn arn:aws:acm:eu-central-1:123456789012:certificate/00000000-0000-4000-8000-000000000001
pulumi config set --path 'daybook:apiAddresses[0]' 203.0.113.0/24
pulumi config set daybook:alarmEmail ops@example.com
# snippet:end configure

# snippet:begin up
pulumi preview --diff
pulumi up
# snippet:end up

# snippet:begin start
pulumi config set daybook:captureStart true
pulumi up
# snippet:end start

# snippet:begin session
stack=daybook-$(pulumi stack --show-name)
AWS_REGION=$(pulumi config get aws:region)
export AWS_REGION
# snippet:end session

# snippet:begin outputs
pulumi stack output
# snippet:end outputs

# snippet:begin rotate
pulumi config set daybook:credentialGeneration 2
pulumi up
# snippet:end rotate

# snippet:begin inspect
pulumi config set --path 'daybook:inspectionAddresses[0]' 203.0.113.7/32
pulumi config set daybook:inspectionUntil 2026-11-23T18:00:00Z
pulumi up
# snippet:end inspect

# snippet:begin inspect-end
pulumi config rm daybook:inspectionAddresses
pulumi config rm daybook:inspectionUntil
pulumi up
# snippet:end inspect-end

# snippet:begin destroy
pulumi config set daybook:captureStart false
pulumi up
pulumi destroy
# snippet:end destroy

# snippet:begin destroy-prod
pulumi config set daybook:profile dev
pulumi state unprotect --all
pulumi up
pulumi destroy
# snippet:end destroy-prod
