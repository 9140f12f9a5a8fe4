variable "name" {
  description = "First part of every name."
  type        = string
  nullable    = false
}

variable "vpc_id" {
  description = "Id of the VPC."
  type        = string
  nullable    = false
}

variable "vpc_cidr" {
  description = "IPv4 addresses of the VPC, in CIDR notation."
  type        = string
  nullable    = false
}

variable "repository_arn" {
  description = "ARN of the ECR repository that the image is pulled from."
  type        = string
  nullable    = false
}

variable "secrets" {
  description = "ARN of a secret per variable of the environment that ECS fills with its value."
  type        = map(string)
  nullable    = false
}

variable "kms_key_arn" {
  description = "ARN of the key that encrypts logs and secrets."
  type        = string
  nullable    = false
}

variable "log_retention_days" {
  description = "Days that logs are kept."
  type        = number
  nullable    = false
}
