# Where the module and its configuration go in a FreeSWITCH, and the Debian package of both, with callsim, the
# documentation and the examples.
set(config_name audio_stream.conf.xml)
set(config_source ${CMAKE_SOURCE_DIR}/conf/${config_name})
set(config_dir ${FREESWITCH_CONF_DIR}/autoload_configs)

install(TARGETS mod_audio_stream LIBRARY DESTINATION ${FREESWITCH_MODULES_DIR} COMPONENT module)
# A configuration that is there is an administrator's: it stays. (file(INSTALL) adds DESTDIR itself.)
install(CODE "
  if(EXISTS \"\$ENV{DESTDIR}${config_dir}/${config_name}\")
    message(STATUS \"Left as it is: \$ENV{DESTDIR}${config_dir}/${config_name}; the new one is ${config_source}\")
  else()
    file(INSTALL \"${config_source}\" DESTINATION \"${config_dir}\")
  endif()"
  COMPONENT module)

# The package. Without dpkg-shlibdeps it would depend on too little.
find_program(DPKG_SHLIBDEPS dpkg-shlibdeps)
if(NOT DPKG_SHLIBDEPS)
  message(STATUS "Package: none, since there is no dpkg-shlibdeps (Debian's dpkg-dev)")
  return()
endif()
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME freeswitch-mod-audio-stream)
set(AUDIO_STREAM_MAINTAINER "The mod_audio_stream authors" CACHE STRING
  "Of the Debian package: \"Name <address>\" of whoever distributes it")
set(CPACK_PACKAGE_CONTACT "${AUDIO_STREAM_MAINTAINER}")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "FreeSWITCH module that streams calls to a WebSocket")
set(CPACK_PACKAGE_DESCRIPTION
  "It streams a call's audio over a WebSocket to a speech recogniser or a bot, and brings its texts\nback as events.")
set(CPACK_DEBIAN_PACKAGE_SECTION comm)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)  # <name>_<version>_<arch>.deb
set(CPACK_STRIP_FILES ON)
set(CPACK_SET_DESTDIR ON)  # the paths above are absolute
set(CPACK_INSTALL_PREFIX /usr)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)

set(documentation /usr/share/doc/${CPACK_PACKAGE_NAME})
install(FILES ${CMAKE_SOURCE_DIR}/LICENSE DESTINATION ${documentation}
  RENAME copyright COMPONENT package EXCLUDE_FROM_ALL)
install(FILES ${CMAKE_SOURCE_DIR}/README.md ${CMAKE_SOURCE_DIR}/CHANGELOG.md DESTINATION ${documentation}
  COMPONENT package EXCLUDE_FROM_ALL)
install(DIRECTORY ${CMAKE_SOURCE_DIR}/docs ${CMAKE_SOURCE_DIR}/examples DESTINATION ${documentation}
  COMPONENT package EXCLUDE_FROM_ALL USE_SOURCE_PERMISSIONS PATTERN __pycache__ EXCLUDE)
set(CPACK_INSTALL_CMAKE_PROJECTS "")
foreach(component module callsim package)
  list(APPEND CPACK_INSTALL_CMAKE_PROJECTS "${CMAKE_BINARY_DIR}" ${PROJECT_NAME} ${component} /)
endforeach()

# dpkg asks before it replaces what an administrator has changed.
set(conffiles ${CMAKE_BINARY_DIR}/package/conffiles)
file(WRITE ${conffiles} "${config_dir}/${config_name}\n")
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${conffiles})
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)

# Debian's libraries are found by dpkg-shlibdeps. A FreeSWITCH may come from a package, or have been built
# from source, and then there is none to depend on.
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${FREESWITCH_LIB_DIR} ${CMAKE_BINARY_DIR}/simulator)
file(REAL_PATH ${FREESWITCH_LIB_DIR}/libfreeswitch.so switch_library)
execute_process(COMMAND dpkg -S ${switch_library}
  OUTPUT_VARIABLE switch_package OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET
  RESULT_VARIABLE not_packaged)
if(NOT not_packaged AND switch_package MATCHES "^([^:,]+)")
  set(CPACK_DEBIAN_PACKAGE_DEPENDS "${CMAKE_MATCH_1} (>= 1.10)")
  set(CPACK_DEBIAN_PACKAGE_RECOMMENDS freeswitch)
  message(STATUS "Package: depends on ${CPACK_DEBIAN_PACKAGE_DEPENDS}")
else()
  message(STATUS "Package: depends on no FreeSWITCH, since ${switch_library} belongs to no package")
endif()
include(CPack)
