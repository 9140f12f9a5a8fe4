# A secret that nobody has seen: AWS makes the value up and Secrets Manager keeps it. It passes through
# Terraform's memory only; plan and state hold neither it nor a hash of it.

ephemeral "aws_secretsmanager_random_password" "this" {
  password_length     = var.length
  exclude_punctuation = true
}

resource "aws_secretsmanager_secret" "this" {
  # checkov:skip=CKV2_AWS_57:Tasks read it when they start, so it changes with a deployment: raise `revision`, apply, deploy.
  name        = var.name
  description = var.description
  kms_key_id  = var.kms_key_arn
}

resource "aws_secretsmanager_secret_version" "this" {
  secret_id = aws_secretsmanager_secret.this.id
  secret_string_wo = (
    var.base64
    ? base64encode(ephemeral.aws_secretsmanager_random_password.this.random_password)
    : ephemeral.aws_secretsmanager_random_password.this.random_password
  )
  secret_string_wo_version = var.revision
}
