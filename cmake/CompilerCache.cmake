# ccache, where it is installed: what was compiled once with the same content is not compiled again, also after a
# change of branch or in another worktree.
option(AUDIO_STREAM_CCACHE "Compile through ccache where it is installed" ON)
if(NOT AUDIO_STREAM_CCACHE OR CMAKE_CXX_COMPILER_LAUNCHER)
  return()
endif()
find_program(AUDIO_STREAM_CCACHE_PROGRAM ccache)
mark_as_advanced(AUDIO_STREAM_CCACHE_PROGRAM)
if(AUDIO_STREAM_CCACHE_PROGRAM)
  # Without these ccache does not cache what includes a precompiled header (ccache's manual, "Precompiled headers").
  set(launcher ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
    ${AUDIO_STREAM_CCACHE_PROGRAM})
  set(CMAKE_C_COMPILER_LAUNCHER ${launcher})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${launcher})
  if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    add_compile_options("SHELL:-Xclang -fno-pch-timestamp")
  endif()
endif()
