variable "name" {
  description = "First part of the roles' names."
  type        = string
  nullable    = false
}

variable "environment" {
  description = "Name of the GitHub environment whose jobs may deploy; its reviewers and branches are set on GitHub."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]*$", var.environment))
    error_message = "environment is ${jsonencode(var.environment)}; it must be small letters, digits and hyphens, a letter first."
  }
}

variable "repository" {
  description = "The GitHub repository, owner/name: no other gets a role."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9._-]+$", var.repository))
    error_message = "repository is ${jsonencode(var.repository)}; it must be owner/name, with no * in it: that would let other repositories in."
  }
}

variable "oidc_provider_arn" {
  description = "ARN of GitHub's OIDC provider, where the account has one; null makes it."
  type        = string
  default     = null
}

variable "publish_to" {
  description = "ARNs of the repositories that main may push to; empty: this environment only pulls."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "repository_arns" {
  description = "ARNs of the repositories that releases are read from."
  type        = list(string)
  nullable    = false
}

variable "cluster_arn" {
  description = "ARN of the ECS cluster."
  type        = string
  nullable    = false
}

variable "cluster_name" {
  description = "Name of the ECS cluster."
  type        = string
  nullable    = false
}

variable "services" {
  description = "ARNs of the ECS services that releases are put into."
  type        = list(string)
  nullable    = false
}

variable "families" {
  description = "Families of task definitions that releases are registered in."
  type        = list(string)
  nullable    = false
}

variable "task_roles" {
  description = "ARNs of the roles that those task definitions name."
  type        = list(string)
  nullable    = false
}

variable "listeners" {
  description = "ARNs of the listeners whose weights are moved."
  type        = list(string)
  nullable    = false
}

variable "bucket_arn" {
  description = "ARN of the bucket for bundles, models and the rollouts' state."
  type        = string
  nullable    = false
}

variable "folders" {
  description = "Folders of the bucket that a deployment reads and writes."
  type        = list(string)
  nullable    = false
}

variable "airflow_password_arn" {
  description = "ARN of the secret with which Airflow is asked which DAGs it runs."
  type        = string
  nullable    = false
}

variable "kms_key_arn" {
  description = "ARN of the key that encrypts the bucket and the secret."
  type        = string
  nullable    = false
}
