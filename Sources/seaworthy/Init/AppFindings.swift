/// What an app's answers say.
struct AppFindings {
    enum CrossOrigin: Equatable {
        case none, anybody, reflects, reflectsWithCredentials
        case fixed(String)
    }
    /// What a path that doesn't exist gets: an error; a page, as from a front end that routes in the browser; or a redirect,
    /// as from an app that leads everybody to its login.
    enum Missing: Equatable { case refused, answered, ledElsewhere }
    struct Place: Equatable {
        let path: String
        let status: Int
    }

    let authority: String
    var startStatus = 0
    var framework: Framework?
    var missing = Missing.refused
    var ownHeaders: [String] = []
    var crossOrigin = CrossOrigin.none
    var answersTrace = false
    var takesAnyHost = false
    var usesWebSockets = false
    var signInPath: String?
    var loginForm: LoginFormFinding?
    /// A page to sign in at whose form a script makes.
    var drawnSignInPath: String?
    var logoutPath: String?
    var sessionCookies: [String] = []
    /// The cookie that the app's description says people are known by.
    var describedCookie: String?
    var takesUploads = false
    /// What the pages that were seen need of a Content-Security-Policy.
    var pageNeeds = PageNeeds()
    var places: [Place] = []
    var requests = 0

    init(authority: String) { self.authority = authority }
}
