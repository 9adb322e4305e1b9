{app_pkgs_script}
{main_command}
