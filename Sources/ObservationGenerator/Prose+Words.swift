// Words and phrases of generated prose, most frequent first, counted in English technical
// documentation. The rank is the weight: a change of this file changes the bytes of every dataset.

extension Prose {
  /// Separated by spaces.
  static let words = """
    the to a of is and in that for be it not are or with as by this an on will you can from file \
    use if when which has have used may been all any but function was data one error at version \
    set only code no value request using other should more files server new your so name some \
    than time object its do number must read such also does default then list client same window \
    system event specified changelog work make example user line they into these output we \
    support package there need library process each command test run them values string \
    information key now type option change first directory release before build array without \
    would format where following case up like after changes current module image source path out \
    way what configuration two called possible given message variable input available protocol \
    call buffer returns memory returned field because names objects get about removed non order \
    being method their instead return size want application commit different complete entries \
    bit extension branch under script functions how generated add versions were single defined \
    zero events state argument see even either result provided upstream repository most point \
    end between both made multiple character control merge core patch program just requests mode \
    tests did always changed while tree contains report uses many specific options documentation \
    write created create those screen include check group section device might passed since \
    packages could supported index means access above running environment already header later \
    bytes results within users open length via implementation update property stream characters \
    install provide byte i clients based still working added part local specify required \
    standard level root apt bug modules find installed allow over pip long well provides color \
    keys project another pointer found connection context through cannot specifies lines \
    associated kernel binary contents match display types structure text avoid pass fix existing \
    applications copy feature cases reference callback whether errors corresponding additional \
    allows start useful necessary cache last behavior longer otherwise free software node \
    resource parameter common done back fields systems interface internal entry sent help \
    reports built compression next arguments bits had during remote automatically form fixed own \
    itself encoding sure diff updated particular rules including currently block needs \
    distribution pull cause messages valid status contain empty commands mask least until \
    components take needed issue below side operation details full handle class future space \
    socket manual main written scripts log correctly separate warning able range strings \
    mechanism programs problem directly push setting language terms too instance present require \
    page very elements whose variables document included symbols much described paths reported \
    original dev remove calls send around less large know map old supports named previous per \
    never special config makes top indicates flag font address better optional tools processing \
    issues parameters link similar exception try explicitly left attempt dependencies once loop \
    integer enabled performance target shared rather features against true handling symbol table \
    second expected making session manager includes configure fetch generate security patches \
    few something containing parent systemd who stored shell tag simple apply info various right \
    ensure component element appropriate reason usually show operations description actually usr \
    ignored exit dependency look our failed python global keep effect copyright due algorithm \
    writing unless except known give requested width several policy times enable good relative \
    ref emitted missing simply methods pattern major small reading received people certain every \
    indicate count failure origin things exist sets off fail often public license works notice \
    addition problems calling store response points compiler numbers allowed resources regular \
    executable outside signal place correct probably reply resulting modified syntax buffers \
    fixes important doing please upon port base proxy three host pages database modify private \
    platforms compiled images requires child closed usage zlib native enough releases clone \
    immediately here actual fast determine expression directories stack consider filter \
    experimental import yet compatibility intended tool real having action compressed execution \
    symbolic destination date again location statement scan libraries network virtual attribute \
    hash quality extra certificate exists sequence produce runtime trigger namespace applied \
    processes down undefined inside conditions supplied operator attributes likely though normal \
    allocated caused minor windows definition underlying however operating row limit executed \
    installation active thread close flags ignore search headers switch general actions disabled \
    permission adding service style scope external properties matching maximum distribute \
    specification individual designed background appear machine properly connections occurs \
    invalid references takes typically building load really listed further compile channel runs \
    behaviour helper position share related creating easier disable anything started extensions \
    define purpose equivalent requirements older filename explicit representation settings \
    branches recent completion normally contained significant receive generally beginning \
    considered history broken recommended logic else development multi distributed implement \
    equal depth alpha assigned checks whole follow ways best causes fails bugs ones occur \
    updates structures functionality double performed locale testing say rights larger checking \
    put wrong arrays override warnings visible creates perform tell compatible doc depends bound \
    dpkg handler authorization transport formats earlier prevent groups parse gives ask encoded \
    readable false depending implemented copies decompression short semantics controls content \
    examples combination static low fonts entire platform trying note documented record prefix \
    amount selected initial us resolution step custom handled follows upload clear setup \
    introduced links easy deprecated suite lists parser final boolean thus blocks high subject \
    refer clean timeout invoked subdirectory item continue devices stable sometimes sources \
    effective previously passing my proper affect starting arbitrary debugging accept configured \
    choose conversion builds across mapping routine track followed detail temporary auto \
    sections fact let print displayed authentication comment direct affected descriptor changing \
    counter codes dependent floating interpreter along interpreted execute src routines tables \
    fully become rendering according destroyed compress sample reduce identifier greater cursor \
    limited whenever defines four comments loaded adds tracking collection released tags taken \
    replace languages timestamp instructions debug replaced parts applies null turn safe rule \
    relevant compilation subset wish specifying matches reset connected describes together \
    little represents shown shows total stop reporting password offset prior go incorrectly \
    subsequent disk exactly sense definitions metadata indicated happens streams reasons hard \
    thing meant progress daemon covered numeric email chunks approach processed trace archive \
    faster speed others upgrade distributions queue allocate skip pending author convert me \
    higher editor servers whitespace unknown happen instances web minimum domain revision \
    algorithms third notes column parsing backend lib extended master choice nothing going \
    snapshot repositories independent quite difference unsigned save requirement identify force \
    defaults checked lower permissions expect alternative suitable primary initialized query \
    conflict binaries items attempts remain mean kind terminal decimal sends identical come \
    purposes deleted internally recorded partial mail hierarchy appears hooks optimized \
    interactive break leading especially move filesystem colors trailing incorrect asked \
    statements utility latest resolved cached bin marked owner area legal embedded becomes gets
    """

  /// Separated by commas.
  static let phrases = """
    of the, in the, to the, to be, can be, for the, will be, has been, on the, with the, by the, \
    is not, from the, and the, it is, that the, the same, of a, used to, in a, is a, be used, \
    may be, does not, to a, if the, to use, as a, have been, that is, when the, number of, \
    the server, is the, with a, should be, need to, as the, the current, for a, use the, \
    the file, using the, must be, at the, of this, are not, the following, is used, if you, \
    you can, the client, that are, a new, read the, version of, such as, want to, list of, \
    the first, did not, not be, removed from, do not, a single, be used to, been removed, \
    the default, is to, to make, the user, from this, which is, from a, the complete, there is, \
    instead of, on a, to do, so that, entries have, this changelog, the specified, \
    changelog use, use apt, apt changelog, in this, can be used, the number, use of, \
    command line, is an, set to, one of, set of, or a, value of, by a, they are, the new, \
    a file, an error, part of, the data, the number of, it will, an array, you are, this is, \
    that it, the list, is no, and a, the value, be a, you have, into the, is set, versions of, \
    will not, all the, the library, have a, of an, than the, no longer, then the, the command, \
    able to, you want, of these, and then, by default, used in, used by, as an, that you, \
    the event, the end, after the, support for, the last, way to, with an, possible to, \
    to avoid, to run, at least, there are, order to, the output, which has, or the, returns the, \
    all of, the name, if it, is generated, used for, has a, more than, based on, the other, \
    the code, for example, to read, but the, may not, to create, the test, a string, in an, \
    file system, the function, error is, such a, end of, the screen, as well, the request, \
    under the, have the, into a, to use the, may be used, the source, have to, one of the, \
    for more, it to, the original, not a, for this, the process, to get, is that, within the, \
    specifies the, due to, that can, about the, where the, to an, specified by, to work, \
    or more, when it, be called, in order, how to, the next, to have, the error, which has been, \
    is in, for each, would be, out of, when a, array of, you may, if a, but it, the result, \
    a function, value is, before the, file is, and is, the input, is also, it can, create a, \
    pull request, you need, was not, a list, is returned, the system, rather than, contents of, \
    you want to, can use, that a, make sure, which the, for all, is used to, be able, name of, \
    the index, there is no, be able to, version of the, a different, use a, needs to, size of, \
    the object, the end of, access to, is called, cannot be, the time, for which, means that, \
    the core, passed to, that was, not have, to allow, a few, one or, in order to, part of the, \
    in which, and or, any of, an object, can also, request is, to find, result in, code to, \
    all of the, it has, function is, the contents, return value, a client, a bit, to set, \
    should not, might be, described in, as it, see the, other than, and it, to build, terms of, \
    is available, added to, a non, the protocol, option to, that has, also be, the use, \
    to ensure, using a, files in, between the, be the, the package, are used, the path, \
    is possible, the string, the value of, is not a, up to, the main, the list of, the version, \
    the size, used as, a number, change the, by this, copy of, to provide, is now, that have, \
    the key, the standard, to write, is specified, or if, it was, relative to, a list of, \
    not the, included in, set in, attempt to, specified in, source code, of all, even if, \
    data is, in your, the terms, you should, match the, values are, is set to, the most, \
    make it, to specify, to support, a valid, an array of, to install, and other, to this, \
    and to, at a, one or more, ensure that, via the, well as, to be used, the use of, \
    through the, to add, returns a, as well as, to change, try to, provided by, the previous, \
    the given, to determine, you need to, the name of, because the, only the, this case, \
    it is not, be set, in its, or not, contains the, not to, be returned, that can be, \
    later to maint, type of, which are, updated to, of any, and will, set the, are the, \
    the extension, patch from, the above, the build, any other, has no, but not, error message, \
    need to be, the top, a bug, for an, when you, could be, same as, an empty, that this, \
    the case, may have, a separate, not work, state of, argument is, size of the, specify the, \
    a particular, the root, than one, a given, will not be, name of the, will have, in that, \
    the set, a directory, of that, the work, the buffer, similar to, value of the, to check, \
    it does, for any, the right, name is, the kernel, a key, any of the, in any, the resulting, \
    you will, and returns, a way, that will, the module, the same as, changes to, has the, \
    is only, it may, do so, found in, the line, stored in, do this, to see, and are, made to, \
    provide a, the second, end of the, since the, specify a, provides a, uses the, been fixed, \
    the terms of, to help, with this, refer to, until the, the size of, trying to, its own, \
    less than, is given, the project, over the, get the, based on the, of the file, file to, \
    the actual, as part, which can, are in, depending on, you don't, sent to, to it, \
    the connection, as part of, the underlying, the display, you must, result of, code that, \
    back to, if they, that does, floating point, of each, and that, non zero, necessary to
    """
}
