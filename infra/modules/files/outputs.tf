output "id" {
  description = "Id of the file system."
  value       = aws_efs_file_system.this.id
}

output "access_points" {
  description = "Id of the access point per folder."
  value       = { for folder, point in aws_efs_access_point.this : folder => point.id }
}
