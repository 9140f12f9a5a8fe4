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

variable "subnet_ids" {
  description = "Id of a subnet per zone: each zone mounts in its own."
  type        = map(string)
  nullable    = false
}

variable "kms_key_arn" {
  description = "ARN of the key that encrypts the files."
  type        = string
  nullable    = false
}

variable "folders" {
  description = "Folders that are mounted one by one: numeric owner and permissions, by name."
  type = map(object({
    uid         = number
    permissions = string
  }))
  nullable = false
}

variable "clients" {
  description = "Ids of the security groups that may connect, by name."
  type        = map(string)
  nullable    = false
}

variable "grants" {
  description = "Roles that may mount, by name: which folders, and whether to write."
  type = map(object({
    role_arn = string
    folders  = list(string)
    write    = bool
  }))
  nullable = false
}
