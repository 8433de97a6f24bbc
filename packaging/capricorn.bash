# SPDX-License-Identifier: MIT
# Completion for bash. The words are those that `capricorn --help`, or a command's own, tells, so that
# none is missing.
_capricorn() {
  local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} help commands
  help=$(capricorn --help 2>/dev/null)
  commands=$(sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p' <<<"$help")
  case $word in
    -*)
      if [ "$COMP_CWORD" -gt 1 ] && grep -qx -- "${COMP_WORDS[1]}" <<<"$commands"; then
        help=$(capricorn "${COMP_WORDS[1]}" --help 2>/dev/null)
      else
        help=$(sed '/^Commands:/,/^$/d' <<<"$help")
      fi
      mapfile -t COMPREPLY < <(compgen -W "$(grep -o -E -- '--[a-z][a-z0-9-]*' <<<"$help" | sort -u)" -- "$word")
      return
      ;;
  esac
  if [ "$COMP_CWORD" -eq 1 ]; then
    mapfile -t COMPREPLY < <(compgen -W "$commands" -- "$word")
  elif [ "$previous" = --format ]; then
    mapfile -t COMPREPLY < <(compgen -W "markdown toml json" -- "$word")
  fi
  # Modules, sources, files of options.
  mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -- "$word")
}
complete -o filenames -F _capricorn capricorn
