# SPDX-License-Identifier: MIT
# Completion for bash. The words are those that `capricorn --help` tells, so that none is missing.
_capricorn() {
  local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} help
  case $word in
    -*)
      help=$(capricorn --help 2>/dev/null)
      [ "${COMP_WORDS[1]}" = dev ] && help="$help --cxxflags --ldflags"
      mapfile -t COMPREPLY < <(compgen -W "$(grep -o -E -- '--[a-z][a-z0-9-]*' <<<"$help" | sort -u)" -- "$word")
      return
      ;;
  esac
  if [ "$COMP_CWORD" -eq 1 ]; then
    help=$(capricorn --help 2>/dev/null | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p')
    mapfile -t COMPREPLY < <(compgen -W "$help" -- "$word")
  elif [ "$previous" = --format ]; then
    mapfile -t COMPREPLY < <(compgen -W "markdown toml json" -- "$word")
  fi
  # Modules, sources, files of options.
  mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -- "$word")
}
complete -o filenames -F _capricorn capricorn
